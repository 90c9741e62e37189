//go:build !windows

package api

// windowsProxy finds nothing elsewhere.
func windowsProxy() (systemProxy, bool) { return systemProxy{}, false }
