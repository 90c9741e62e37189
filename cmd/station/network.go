package station

import (
	"net"
	"slices"
	"strings"
)

// networks names the networks that this computer is in, "" when there is
// none: the addresses of interfaces that are up, without its own.
func networks() string {
	list, err := net.Interfaces()
	if err != nil {
		return ""
	}
	var names []string
	for _, i := range list {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
				names = append(names, i.Name+" "+a.String())
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}
