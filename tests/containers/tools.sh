# What the scripts in this folder share; they read it, nobody runs it.

# need TOOL ADVICE: ends with 77, which test runners count as skipped, where the tool is missing.
need() {
    command -v "$1" > /dev/null && return
    echo "skipped: it needs $1; $2"
    exit 77
}
