# Sourced: baseline_headers prints a unit that includes what our headers include from elsewhere, and nothing of ours:
# the standard library, Abseil, Protocol Buffers. What the library adds is measured against it.
baseline_headers() {
  grep -rhoE '^#include <[^>]+>' include | grep -v '<graphfreeze/' | LC_ALL=C sort -u |
    sed -E 's/^#include (<[^>]+>)$/#if __has_include(\1)\n#include \1\n#endif/'
}
