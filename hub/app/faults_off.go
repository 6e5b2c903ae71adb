//go:build !crossfault

package app

import "context"

// faultCommands are the console commands of the build with faults: none here.
func (h *house) faultCommands() map[string]func(context.Context) (string, error) { return nil }
