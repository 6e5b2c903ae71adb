// Command lares is a home hub for cameras: it records them, and shows each
// account its own.
package main

import (
	"os"
	_ "time/tzdata" // a machine, or a container, may have no time zones: TZ would be UTC without a word

	"lares/hub/app"
)

// Set by the linker.
var (
	version = "unknown"
	built   = ""
)

func main() {
	os.Exit(app.Main(app.Build{Version: version, Time: built}, os.Args[1:], os.Stdout, os.Stderr))
}
