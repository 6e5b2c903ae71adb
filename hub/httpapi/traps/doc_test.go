// Package traps shows the ways in which the web libraries cross wires by
// themselves (HAZARDS §4.1): each test falls into one of them with the library
// alone. If one fails, the library has changed: look whether the rule that
// answers it is still needed.
//
// It is a module of its own, so that the product's go.mod stays free of what
// the product must not import. That the hub cannot fall into the traps is
// tested in the hub, mostly in hub/httpapi/stack_test.go:
//
//	F1  pooled strings          TestStringsOutliveTheirRequest
//	F2  pooled sessions         hub/rules TestImports
//	F3  pooled WebSockets       hub/rules TestImports
//	F4  cache keyed by path     hub/rules TestImports; hub/app/prove, behind a broken cache
//	F5  SendFile reads URLs     TestShell; hub/rules TestNoTrapOfTheLibrary
//	F7  panics                  TestPanicEndsOneRequest
//	F8  panics in streams       TestPanicInAStreamEndsOneAnswer; hub/rules TestNoTrapOfTheLibrary
//	F9  bodies that expand      TestRequestsNoRouteMaySee
//	F10 one deadline for all    TestProgressRule
//	F15 hijacked connections    TestKeptSocketReachesNobody
package traps
