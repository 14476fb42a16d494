// Links with the other units here only if nothing in the headers is defined twice.
#include <graphfreeze/graphfreeze.hpp>

int main() { return 0; }
