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

static inline hid_t hdf5_open_image(const char *name, hid_t access) { return H5Fopen(name, H5F_ACC_RDONLY, access); }
static inline hid_t hdf5_create(const char *name, hid_t access) { return H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access); }

/// No error is printed.
static inline void hdf5_be_silent(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

/// Whether a component of a path is there and no link to elsewhere.
static inline int hdf5_is_hard_link(hid_t place, const char *name) {
    H5L_info_t info;
    if (H5Lexists(place, name, H5P_DEFAULT) <= 0 || H5Lget_info(place, name, &info, H5P_DEFAULT) < 0) return 0;
    return info.type == H5L_TYPE_HARD;
}

struct hdf5_visit {
    int (*visit)(const char *name, void *state);
    void *state;
};

static herr_t hdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    (void)group;
    (void)info;
    struct hdf5_visit *visit = (struct hdf5_visit *)data;
    return visit->visit(name, visit->state);
}

/// The names of a group's links, in the order of the names, until `visit` returns other than 0.
static inline int hdf5_names(hid_t group, int (*visit)(const char *name, void *state), void *state) {
    struct hdf5_visit data = {visit, state};
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, hdf5_visit_link, &data) >= 0;
}
