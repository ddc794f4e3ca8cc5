//go:build !unix

package main

import "errors"

func completed(int) (int, error) { return 0, errors.ErrUnsupported }
