#include "@SOLUTION@"
