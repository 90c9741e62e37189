// Command bench-search measures the product's search beside FTS5 and bleve:
// building, opening, memory and how long questions take. It starts itself
// again as a worker, one process for each system.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"polis/app/search/bench"
	"polis/app/search/bench/speed"
)

// options are the flags; role, system, dir and sheets are a worker's.
type options struct {
	root, sizes, systems    string
	bleveMax, queries, turn int
	budget                  time.Duration

	role string
	job  speed.Job
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the checkout")
	flag.StringVar(&o.sizes, "sizes", "8000,100000", "numbers of sheets")
	flag.StringVar(&o.systems, "systems", strings.Join(speed.Systems(), ","), "what to measure")
	flag.IntVar(&o.bleveMax, "bleve-max", 100000, "largest number of sheets for bleve")
	flag.IntVar(&o.queries, "queries", 1000, "questions of each class")
	flag.IntVar(&o.turn, "rounds", 10, "batches of a class, systems in turns")
	flag.DurationVar(&o.budget, "budget", time.Minute, "time of each system for each class")
	flag.StringVar(&o.role, "role", "", "worker: build, serve or delta")
	flag.StringVar(&o.job.System, "system", "", "worker: the system")
	flag.StringVar(&o.job.Dir, "dir", "", "worker: folder of the index")
	flag.IntVar(&o.job.Sheets, "sheets", 0, "worker: number of sheets")
	flag.Parse()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func (o *options) run() error {
	o.job.Folder = bench.FoldersOf(o.root)
	switch o.role {
	case "build":
		return o.job.Build(os.Stdout)
	case "serve":
		return o.job.Serve(os.Stdin, os.Stdout)
	case "delta":
		return o.job.Delta(os.Stdout)
	}
	plan, err := o.plan()
	if err != nil {
		return err
	}
	return plan.Run(os.Stdout)
}

func (o *options) plan() (*speed.Plan, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &speed.Plan{
		Folder: o.job.Folder, Systems: strings.Split(o.systems, ","), BleveMax: o.bleveMax, Queries: o.queries,
		Rounds: o.turn, Budget: o.budget, Self: []string{self}, Log: os.Stderr,
	}
	for s := range strings.SplitSeq(o.sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-sizes: %q is not a number of sheets", s)
		}
		p.Sizes = append(p.Sizes, n)
	}
	return p, nil
}
