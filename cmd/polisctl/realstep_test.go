//go:build !real

package main

// realStep: a broad sample in every test run.
const realStep = 61
