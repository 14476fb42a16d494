# Reads `objdump -r` of an object file whose functions have sections of their own (-ffunction-sections), and prints
#   calls FUNCTION SYMBOL     a function of the library refers to what ends, prints or asserts
#   starts SYMBOL             what the code that runs before main() refers to
/^RELOCATION RECORDS FOR/ {
  section = substr($4, 2, length($4) - 3)
  ours = section ~ /^\.text\.([a-z]+\.)?_Z[ZNK]*11graphfreeze/
  initialiser = section ~ /_GLOBAL__sub_I_|__static_initialization_and_destruction/
  next
}
NF < 3 { next }
{
  symbol = $3
  sub(/[-+]0x[0-9a-f]+$/, "", symbol)
}
initialiser && symbol !~ /^\.text\./ { print "starts", symbol }
ours && symbol ~ /^(abort|exit|_exit|_Exit|quick_exit|raise|kill|__assert_fail|__assert_perror_fail)$/ ||
ours && symbol ~ /^(__)?v?[dfs]?n?w?printf(_chk)?$|^(putc|putchar|fputc|puts|fputs|fwrite|perror|syslog|stdout|stderr)$/ ||
ours && symbol ~ /^_ZSt(9terminatev|4cout|4cerr|4clog|5wcout|5wcerr|5wclog)$/ { print "calls", section, symbol }
