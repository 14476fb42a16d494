// One of the units that include everything: from include/, twice.
#include <graphfreeze/graphfreeze.hpp>
#include <graphfreeze/graphfreeze.hpp>
