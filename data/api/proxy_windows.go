package api

import (
	"strings"

	"github.com/mattn/go-ieproxy"
)

// windowsProxy reads the fixed proxy of the Windows settings.
func windowsProxy() (systemProxy, bool) {
	conf := ieproxy.ReloadConf().Static
	if !conf.Active {
		return systemProxy{}, false
	}
	for _, scheme := range []string{"https", "", "http"} {
		if address := conf.Protocols[scheme]; address != "" {
			return systemProxy{address: address, ignore: strings.Split(conf.NoProxy, ",")}, true
		}
	}
	return systemProxy{}, false
}
