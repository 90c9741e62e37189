//go:build torture

package powercut

// long: every boundary, many disks each; minutes to an hour.
const long = true
