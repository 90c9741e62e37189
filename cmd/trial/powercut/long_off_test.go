//go:build !torture

package powercut

// long: a few dozens of cuts in every test run.
const long = false
