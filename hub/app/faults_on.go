//go:build crossfault

package app

import (
	"context"
	"encoding/json"

	"lares/cameras/fault"
)

// faultCommands tell the proof what was swapped and what was refused.
func (h *house) faultCommands() map[string]func(context.Context) (string, error) {
	return map[string]func(context.Context) (string, error){
		"faults": func(context.Context) (string, error) {
			b, err := json.Marshal(map[string]map[string]uint64{"injected": fault.Injected(), "refused": h.vault.Refusals().Snapshot()})
			return string(b), err
		},
	}
}
