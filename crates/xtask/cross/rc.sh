#!/bin/sh
# Stands in for a Windows resource compiler when only Rust is type-checked: the resource comes out empty,
# and it passes for LLVM's.
while [ $# -gt 0 ]; do
    case "$1" in
        '/?') echo 'OVERVIEW: Resource Converter, with -no-preprocess' ;;
        /fo|-fo|/FO|-o) : > "$2"; shift ;;
        /fo*|-fo*) : > "${1#???}" ;;
    esac
    shift
done
