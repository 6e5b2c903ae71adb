package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"lares/hub/journal"
	"lares/hub/store"
	"lares/hub/vault"
)

// verify is `lares verify journal`: it reads files only, so it works with the
// hub stopped and beside a running one.
func verify(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("lares verify journal", flag.ContinueOnError)
	flags.SetOutput(stdout)
	data := flags.String("data", "", "data folder of the hub (default: as for lares serve)")
	if len(args) == 0 || args[0] != "journal" {
		return errors.New("say what to verify: lares verify journal")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	cfg, err := settings(*data)
	if err != nil {
		return err
	}
	signers, err := vault.ReadSigners(cfg.Data)
	if err != nil {
		return err
	}
	rows, err := store.OpenRead(ctx, cfg.Database())
	if err != nil {
		return err
	}
	report, err := journal.Verify(ctx, rows, filepath.Join(cfg.Data, journal.FileName), signers.Key)
	if err := errors.Join(err, rows.Close()); err != nil {
		return err
	}
	for _, line := range report.Lines() {
		fmt.Fprintln(stdout, line)
	}
	if !report.OK() {
		return errors.New("the journal is not as it was written")
	}
	fmt.Fprintf(stdout, "The journal is as it was written: %d rows, from %d to %d", report.Rows, report.From+1, report.To)
	if !report.At.IsZero() {
		fmt.Fprintf(stdout, ", the newest signed %s", report.At.Format("2006-01-02 15:04:05Z"))
	}
	fmt.Fprintln(stdout, ".\nThis shows that nobody edited the files; it cannot show what a hub that was itself tampered with never wrote.")
	return nil
}
