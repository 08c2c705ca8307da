// py/objtype.h for native modules: py/dynruntime.h has everything that a module can use of it.
#include "dynruntime.h"
