package onvif

import (
	"path"
	"strings"

	"lares/cameras/media"
)

// group is the part of a message that an item stands in (ONVIF Core §9.4).
type group int

const (
	inSource group = iota
	inData
	inRule // the parameters of a device's rule (ONVIF Analytics §5.2)
)

// role is what an item is for.
type role int

const (
	ofNothing role = iota
	ofState        // whether it is so
	ofList         // the classes of all that is there; an empty list ends it
	ofClass        // what moved or sounded, by its value
	ofRule         // the name of the device's rule that noticed it
	ofSource       // the token of a video source or of its configuration
	ofFilter       // what a rule is about
)

// itemRow says what an item is for.
type itemRow struct {
	in   group
	name string // * stands for any letters
	role role
	// names says that the item's name may say what it is about.
	names bool
	// kind is what it makes of motion; "" for nothing else.
	kind media.Kind
	from source
}

// items are those that say something; the first that fits counts. Other items of the data
// count only where they read true or false: an object's number 1 is no state.
var items = []itemRow{
	{in: inData, name: "ClassTypes", role: ofList, from: ajax},
	{in: inData, name: "IsTamper", role: ofState, kind: media.KindTamper, from: tapo},
	{in: inData, name: "Is*", role: ofState, names: true, from: flags},
	{in: inData, name: "State", role: ofState, from: standard},
	{in: inData, name: "LogicalState", role: ofState, from: standard},
	{in: inData, name: "Detected", role: ofState, from: ajax},
	{in: inData, name: "Value", role: ofState, from: several},
	{in: inData, name: "Alarm", role: ofState, from: several},
	{in: inData, name: "*Type", role: ofClass, from: kinds},

	{in: inSource, name: "Rule", role: ofRule, from: standard},
	{in: inSource, name: "VideoSourceConfigurationToken", role: ofSource, from: standard}, // Analytics: of rules
	{in: inSource, name: "VideoSourceConfiguration", role: ofSource, from: unnamed},
	{in: inSource, name: "VideoSource", role: ofSource, from: regions},
	{in: inSource, name: "VideoSourceToken", role: ofSource, from: ajax},
	{in: inSource, name: "Source", role: ofSource, from: standard}, // Imaging, “Events”: MotionAlarm, GlobalSceneChange and the like

	{in: inRule, name: "*Class*", role: ofFilter, from: filters},
	{in: inRule, name: "*Type", role: ofFilter, from: filters},
	{in: inRule, name: "*Types", role: ofFilter, from: filters},
}

// spellings are how items say that something is so, or is not; any case of letters.
var spellings = []struct {
	word string
	on   bool
	// known says that it counts only in an item that the table has as one of state.
	known bool
	from  source
}{
	{"true", true, false, standard}, {"false", false, false, standard},
	{"active", true, false, standard}, {"inactive", false, false, standard},
	{"1", true, true, several}, {"0", false, true, several},
}

// nothings are words in lists of classes that say that nothing is there.
var nothings = []struct {
	word string
	from source
}{{"none", unseen}}

// roleOf finds the row of an item; one that says nothing by its name has ofNothing.
func roleOf(in group, name string) itemRow {
	for _, row := range items {
		if row.in == in && fits(row.name, name) {
			return row
		}
	}
	return itemRow{}
}

// fits compares a name with one of the table's; path.Match has a * end at a slash, which
// is nothing special in a name.
func fits(pattern, name string) bool {
	ok, _ := path.Match(pattern, strings.ReplaceAll(name, "/", "-"))
	return ok
}
