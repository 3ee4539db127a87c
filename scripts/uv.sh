#!/bin/sh
# Runs uv: the one on PATH where it works, else one installed into .tools with the machine's Python.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
tools=$root/.tools

# A command on PATH may be a stub that fails, and an old uv does not know the settings used here.
usable() {
    version=$("$1" --version 2>/dev/null) || return 1
    case $version in
    'uv 0.'[0-7].* | 'uv 0.'[0-7]) return 1 ;;
    'uv '*) return 0 ;;
    *) return 1 ;;
    esac
}

if usable uv; then exec uv "$@"; fi
if usable "$tools/bin/uv"; then exec "$tools/bin/uv" "$@"; fi

python=
for name in python3.12 python3.11 python3 python /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' >/dev/null 2>&1; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "outcomes needs Python 3.11 or 3.12 (or uv), and found neither. Install one and run this again." >&2
    exit 1
fi

echo "Installing uv into .tools with $python" >&2
rm -rf "$tools"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if "$python" -m venv "$tools" >>"$log" 2>&1 && "$tools/bin/python" -m pip install --quiet 'uv>=0.8' >>"$log" 2>&1; then
    :
else
    # Debian's Python comes without ensurepip; pip may still be there.
    rm -rf "$tools"
    "$python" -m pip install --quiet --target "$tools" 'uv>=0.8' >>"$log" 2>&1 || true
fi
if ! usable "$tools/bin/uv"; then
    cat "$log" >&2
    echo "uv could not be installed. Either install it (python3 -m pip install --user uv), or, on Debian" >&2
    echo "and Ubuntu, give Python its pip (apt-get install python3-venv), and run this again." >&2
    rm -rf "$tools"
    exit 1
fi
rm -f "$log"
exec "$tools/bin/uv" "$@"
