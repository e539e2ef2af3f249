#pragma once
#include <hdf5.h>

// What hdf5.h has as macros over variables, which start the library.

/// Classes of property lists.
static inline hid_t hdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t hdf5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t hdf5_group_creation(void) { return H5P_GROUP_CREATE; }

/// Types of elements, the same on every machine.
static inline hid_t hdf5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t hdf5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t hdf5_text(void) { return H5T_C_S1; }

static inline hid_t hdf5_create(const char *name, hid_t access) { return H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access); }

/// No error is printed.
static inline void hdf5_be_silent(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
