// Package app puts the house together: it opens the parts, starts them in
// order, stops them in reverse, and offers the commands of the program.
package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"lares/cameras/detect"
	"lares/cameras/discover"
	"lares/cameras/fakecam"
	"lares/cameras/probe"
	"lares/cameras/worker"
	"lares/hub/config"
)

const usage = `Lares records the cameras of your home and shows each account its own.

  lares serve      run the hub (settings: lares serve --help)
  lares claim      show the one-time code with which the first person claims the hub
  lares backup     save everything but the recordings in one sealed file
  lares restore    make a hub of a backup
  lares repair     make a lost database anew from the keys and recordings
  lares account    list accounts; reopen NAME: no second factor; recover NAME: a new password when all is lost
  lares reset      erase the hub, its keys first
  lares verify     verify journal: name every row that was deleted, changed or put in; verify clips: read every recording, name the damaged ones;
                   verify bundle FILE: say whether evidence is as the hub made it, and which bytes are not
  lares incident   say whether anybody received anything of a camera without a grant (lares incident --help)
  lares detect     find the motion in a file of H.264 (lares detect --help)
  lares demo       run a hub with four fake cameras on http://localhost:8080
  lares fakecam    run one fake camera (lares fakecam --help)
  lares version    print the version
`

// Main runs one command and returns the exit status of the process: 0 done, 1
// failed with one line on stderr, 2 wrong usage.
func Main(build Build, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stdout, usage)
		return 2
	}
	switch args[0] { // hidden: the hub starts them
	case "camera-worker":
		return status(worker.Main(), stderr)
	case "discover-worker":
		return status(discover.Main(), stderr)
	case "probe-worker":
		return status(probe.Main(), stderr)
	}
	if err := undumped(); err != nil {
		return status(err, stderr)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	switch args[0] {
	case "serve":
		return status(serve(ctx, build, args[1:], stdout, stderr), stderr)
	case "demo":
		return status(demo(ctx, build, args[1:], stdout, stderr), stderr)
	case "claim":
		return status(claim(ctx, args[1:], stdout), stderr)
	case "backup":
		return status(backup(ctx, build, args[1:], stdout, stderr), stderr)
	case "restore":
		return status(restore(ctx, build, args[1:], stdout, stderr), stderr)
	case "repair":
		return status(repair(ctx, build, args[1:], stdout, stderr), stderr)
	case "account":
		return status(accounts(ctx, build, args[1:], stdout, stderr), stderr)
	case "reset":
		return status(reset(ctx, build, args[1:], stdout, stderr), stderr)
	case "verify":
		return status(verify(ctx, args[1:], stdout), stderr)
	case "incident":
		return status(incident(ctx, args[1:], stdout), stderr)
	case "detect":
		return status(detect.Main(ctx, args[1:], stdout), stderr)
	case "fakecam":
		return status(fakecam.Main(ctx, args[1:], stdout), stderr)
	case "version":
		fmt.Fprintln(stdout, "lares", build.Version)
		return 0
	case "help", "--help", "-h":
		fmt.Fprint(stdout, usage)
		return 0
	}
	fmt.Fprintf(stderr, "lares: there is no command %q\n\n%s", args[0], usage)
	return 2
}

func status(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp): // who asks for help gets it
		return 0
	}
	fmt.Fprintln(stderr, "lares:", err)
	return 1
}

// settings are those of the hub with this data folder, or of `lares serve`.
func settings(data string) (config.Config, error) {
	var args []string
	if data != "" {
		args = []string{"--data", data}
	}
	return config.Parse(args, os.Getenv, io.Discard)
}

// claim asks the running hub for its one-time code.
func claim(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("lares claim", flag.ContinueOnError)
	flags.SetOutput(stdout)
	data := flags.String("data", "", "data folder of the hub (default: as for lares serve)")
	quiet := flags.Bool("quiet", false, "print the code alone")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg, err := settings(*data)
	if err != nil {
		return err
	}
	code, err := askControl(ctx, cfg.Control(), "claim")
	if err != nil {
		return err
	}
	if *quiet {
		fmt.Fprintln(stdout, code)
		return nil
	}
	fmt.Fprintf(stdout, "Claim code: %s\nOpen the hub in a browser and enter it within 30 minutes. It works once.\n", code)
	return nil
}
