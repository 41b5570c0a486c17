// Writes a terminal's recording as SVG. Usage: node picture.mjs COMMAND < RECORDING > PICTURE
// It knows what dfreeze prints: text, colours, carriage returns, and ESC [K. The progress line, as it stood half way, is drawn in place of
// the epochs of the middle.
import { readFileSync } from "node:fs";

const glyph = 7.8, row = 19, margin = 16;
const colours = { 1: "#f47067", 2: "#57ab5a", 3: "#daaa3f", 9: "#ff938a", 10: "#6bc46d", 11: "#e0b64a", 12: "#6cb6ff", 14: "#56d4dd" };
const plain = "#d1d7e0";

const text = readFileSync(0, "utf8").replace(/^Script started.*\n/, "").replace(/\n?Script done.*\n?$/, "");
const lines = [], bars = [];
let cells = [], at = 0, colour = plain;
for (const [token, , codes, end] of text.matchAll(/(\u001b\[\??([0-9;]*)([A-Za-z])|\u001b[=>])|[^\u001b]/gu)) {
    if (end === "K") {
        if (at === 0 && cells.length > 0) { bars.push(cells); }
        cells = cells.slice(0, at);
    } else if (end === "m") {
        const indexed = /38;5;([0-9]+)/.exec(codes);
        colour = indexed ? colours[indexed[1]] ?? plain : plain;
    } else if (token === "\r") {
        if (cells.some(cell => /[━─]/u.test(cell.glyph))) { bars.push(cells); cells = []; }
        at = 0;
    } else if (token === "\n") {
        lines.push(cells);
        cells = [];
        at = 0;
    } else if (!token.startsWith("\u001b")) {
        cells[at++] = { glyph: token, colour };
    }
}

const progress = bars.filter(bar => bar.some(cell => cell?.glyph === "━"));
const epochs = lines.flatMap((line, index) => line.map(cell => cell.glyph).join("").startsWith("epoch ") ? [index] : []);
if (progress.length === 0 || epochs.length < 10) { throw new Error("The recording has no progress line, or fewer than ten epochs."); }
lines.splice(epochs[6], epochs.length - 8, progress[Math.floor(progress.length / 2)]);
lines.unshift([..."$ " + process.argv[2]].map(glyph => ({ glyph, colour: "#6bc46d" })));

const escape = part => part.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const y = index => margin + row * (index + 1) - 5;
const drawn = lines.flatMap((line, index) => {
    const runs = [];
    for (let from = 0; from < line.length;) {
        let to = from + 1;
        while (to < line.length && line[to].colour === line[from].colour) { to++; }
        const part = line.slice(from, to).map(cell => cell.glyph).join("").trimEnd();
        if (part.length > 0) {
            const length = ([...part].length * glyph).toFixed(1), x = (margin + from * glyph).toFixed(1);
            runs.push(`<text x="${x}" y="${y(index)}" fill="${line[from].colour}" textLength="${length}" xml:space="preserve">${escape(part)}</text>`);
        }
        from = to;
    }
    return runs;
});
const [w, h] = [Math.ceil(Math.max(...lines.map(line => line.length)) * glyph + 2 * margin), row * lines.length + 2 * margin];
console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">
<title>What ${escape(process.argv[2])} prints</title>
<rect width="${w}" height="${h}" rx="8" fill="#212830"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
${drawn.join("\n")}
</g>
</svg>`);
