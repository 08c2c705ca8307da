// The description of one core for GCC and binutils, as a shared object: the settings that its core-isa.h makes, as data by the names
// of xtensa-dynconfig.h. Its instructions (xtensa-modules.c) are compiled beside this file.

#define XTENSA_CONFIG_DEFINITION
#include "xtensa-config.h"
#include "xtensa-dynconfig.h"

int plugin_is_GPL_compatible;

XTENSA_CONFIG_INSTANCE_LIST;

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)
#undef XTENSA_CONFIG_ENTRY
#define XTENSA_CONFIG_ENTRY(name) "__" #name "=" TEXT(name)

// Macros that the preprocessor has.
const char *const xtensa_config_strings[] = { XTENSA_CONFIG_ENTRY_LIST, 0 };
