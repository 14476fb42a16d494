// One of the units that include everything: from single_include/.
#include <graphfreeze.hpp>
