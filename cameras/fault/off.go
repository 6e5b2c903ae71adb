//go:build !crossfault

package fault

import "context"

// On says whether this is a build with faults.
const On = false

// Swap returns v: nothing calls it in this build.
func Swap[T any](_ Site, _ string, v T) T { return v }

// SwapIf returns v: nothing calls it in this build.
func SwapIf[T any](_ Site, _ string, v T, _ func(T) bool) T { return v }

// Belongs says whose a camera is.
func Belongs(string, string) {}

// Delay returns: no database call is slowed in this build.
func Delay(context.Context) {}

// Injected is nothing in this build.
func Injected() map[string]uint64 { return nil }
