module submission

go 1.99

toolchain go1.99.0

replace net => ./evil

tool example.com/evil
