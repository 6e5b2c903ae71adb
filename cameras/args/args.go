// Package args reads the words of a command line.
package args

import "flag"

// Parse gives flags their values wherever they stand among the words, and returns
// the other words in order. Its errors are those of flags.Parse, flag.ErrHelp
// among them.
func Parse(flags *flag.FlagSet, words []string) (others []string, err error) {
	for {
		if err := flags.Parse(words); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return others, nil
		}
		others, words = append(others, flags.Arg(0)), flags.Args()[1:]
	}
}
