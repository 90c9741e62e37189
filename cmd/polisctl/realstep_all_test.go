//go:build real

package main

// realStep: all of them, `make real`.
const realStep = 1
