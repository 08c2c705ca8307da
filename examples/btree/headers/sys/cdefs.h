// Berkeley DB includes this header, which musl does not have. What it needs of it is in berkeley_config.h.
