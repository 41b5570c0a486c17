namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>How the page looks: by day, at night, and on paper.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { --paper: #fff; --ink: #1f2328; --faint: #59636e; --grid: #d1d9e0; --tile: #f6f8fa; --one: #0969da; --two: #bc4c00; --three: #1a7f37; --right: 26, 127, 55; --wrong: 207, 34, 46; --on-full: #fff; --ramp-0: #44bf70; --ramp-1: #20a486; --ramp-2: #238a8d; --ramp-3: #2d708e; --ramp-4: #3d4e8a; --ramp-5: #482878; --ramp-6: #440154; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --grid: #3d444d; --tile: #151b23; --one: #4493f8; --two: #f0883e; --three: #3fb950; --right: 46, 160, 67; --wrong: 248, 81, 73; --on-full: #fff; --ramp-0: #3b528b; --ramp-1: #2f6c8e; --ramp-2: #24878e; --ramp-3: #21a685; --ramp-4: #4ec36b; --ramp-5: #a0da39; --ramp-6: #fde725; }
        }
        @media print {
          :root { --paper: #fff; --ink: #000; --faint: #444; --grid: #bbb; --tile: #fff; --one: #0969da; --two: #bc4c00; --three: #1a7f37; --right: 26, 127, 55; --wrong: 207, 34, 46; --ramp-0: #44bf70; --ramp-1: #20a486; --ramp-2: #238a8d; --ramp-3: #2d708e; --ramp-4: #3d4e8a; --ramp-5: #482878; --ramp-6: #440154; }
          .wide > div { min-width: 0 !important; } section, figure, tr, .tiles { break-inside: avoid; } h2 { break-after: avoid; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 900px; margin: 0 auto; padding: 24px 16px 64px; }
        h1 { font-size: 22px; overflow-wrap: anywhere; margin: 0; } h2 { font-size: 18px; margin: 40px 0 8px; border-bottom: 1px solid var(--grid); } h3 { font-size: 15px; margin: 16px 0 4px; }
        p, dd { color: var(--faint); overflow-wrap: anywhere; }
        svg { display: block; width: 100%; height: auto; max-width: 860px; margin: 8px 0; } #reliability { max-width: 520px; }
        .tiles { display: flex; flex-wrap: wrap; gap: 8px; } .tiles div { flex: 1 1 150px; background: var(--tile); border: 1px solid var(--grid); border-radius: 6px; padding: 8px 12px; }
        .tiles span { display: block; color: var(--faint); font-size: 13px; } .tiles strong { font-size: 22px; }
        .wide { overflow-x: auto; } .wide svg { max-width: none; } #parallel text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; } table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
        th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--grid); } th:first-child { text-align: left; } th { font-weight: 600; }
        .heat td { min-width: 56px; text-align: center; border: 1px solid var(--paper); }
        .heat td.right { background: color-mix(in srgb, rgb(var(--right)) var(--share), transparent); }
        .heat td.wrong { background: color-mix(in srgb, rgb(var(--wrong)) var(--share), transparent); } .heat td.full { color: var(--on-full); }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 12px; } figure { margin: 0; } figure > div { position: relative; } figure img.map { position: absolute; inset: 0; } figure > div:hover img.map { visibility: hidden; } figure img { width: 100%; aspect-ratio: 1; border-radius: 4px; display: block; }
        figcaption { font-size: 13px; overflow-wrap: anywhere; } figcaption span { color: var(--faint); }
        .phase { display: flex; flex-wrap: wrap; gap: 12px; } .stage span { font-size: 12px; color: var(--faint); } .stage > div { display: flex; flex-wrap: wrap; gap: 2px; max-width: 168px; }
        #freeze-map i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; border: 1px solid var(--grid); } i.open { background: var(--two); } i.frozen { background: var(--one); } i.bare { background: transparent; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; } dt { font-weight: 600; } dd { margin: 0; }
        """;
}
