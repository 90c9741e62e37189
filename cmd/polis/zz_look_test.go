package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"polis/cmd/trial"
)

func TestZZLook(t *testing.T) {
	c := trial.NewCUPS(t)
	c.Queue("sportello1", "-D", "HP LaserJet sportello 1", "-L", "Piano terra")
	c.Queue("corridoio", "-D", "Multifunzione corridoio", "-L", "Primo piano")
	c.Run("lpadmin", "-d", "sportello1")
	os.WriteFile("/tmp/w/ui-demo/cups", []byte(c.Server), 0o600)
	fmt.Println(c.Server)
	for {
		if _, err := os.Stat("/tmp/w/ui-demo/stop"); err == nil {
			return
		}
		time.Sleep(time.Second)
	}
}
