// The kernels are inline functions of the headers in `include`; a target must have one source file.
#include "kernels_features.h"
