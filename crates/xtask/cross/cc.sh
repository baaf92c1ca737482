#!/bin/sh
# Stands in for another system's C compiler when only Rust is type-checked: every object it is asked
# for comes out empty, and it passes for clang. Never use it to build.
preprocess=
object=
while [ $# -gt 0 ]; do
    case "$1" in
        -E) preprocess=yes ;;
        -o) object=$2; shift ;;
        -Fo*|/Fo*) object=${1#?Fo} ;;
    esac
    shift
done
if [ -n "$preprocess" ]; then
    echo '#pragma message "clang"'
elif [ -n "$object" ]; then
    : > "$object"
fi
