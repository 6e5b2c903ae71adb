package onvif

import (
	"slices"
	"strings"
	"unicode"

	"lares/cameras/media"
)

// What devices do in their own way stands in the tables of this file and of
// items.go, with whom it was seen at and where that is written; code has no
// branches by vendor.

// The codecs that the product knows, as ONVIF spells them.
const (
	CodecH264  = "H264"
	CodecH265  = "H265"
	CodecJPEG  = "JPEG"
	CodecMPEG4 = "MPEG4"
)

// SpellCodec is what people call a codec; a device's own word stays as it is.
func SpellCodec(codec string) string {
	switch codec {
	case CodecH264:
		return media.H264.String()
	case CodecH265:
		return media.H265.String()
	case CodecJPEG:
		return media.MJPEG.String()
	case CodecMPEG4:
		return "MPEG-4"
	}
	return codec
}

const kindMotion = media.KindMotion

// source is whom something was seen at and where that is written.
type source struct{ vendor, evidence string }

var (
	standard = source{"ONVIF", "ONVIF Core, Analytics, Imaging and DeviceIO specifications: event topics"}
	reolink  = source{"Reolink", "recorded conversation of a Reolink bullet; home-assistant/core parsers.py 00843142"}
	tapo     = source{"Tapo", "openvideolibs/onvif-parsers 1c9072e, logged notifications"}
	ajax     = source{"Ajax", "openvideolibs/onvif-parsers 1c9072e, logged notifications"}
	dahua    = source{"Dahua", "recorded conversation of a DH-SD4A425DB-HNY, 2026-02-19"}
	hikvis   = source{"Hikvision-compatible", "recorded conversations, 2026-02-19 and 2026-04-27"}
	intercom = source{"Hikvision intercom", "openvideolibs/onvif-parsers 1c9072e, logged notification"}
	mobotix  = source{"Mobotix", "public test code of another project, repository not recorded"}
	axis     = source{"Axis", "ONVIF Core §9.1 and the vendor's manual of Zipstream"}
	regions  = source{"Axis", "Kane610/axis, tests/event_fixtures.py: of motion regions"}
	unnamed  = source{"unnamed", "VideoAnalytics/MotionAlarm in public test code of another project, repository not recorded"}
	several  = source{"several", "home-assistant/core parsers.py 00843142"}
	flags    = source{"ONVIF and Tapo", "ONVIF Analytics: IsMotion, IsInside; openvideolibs/onvif-parsers 1c9072e, logged notifications: IsPeople, IsVehicle, IsPet and the like"}
	kinds    = source{"none recorded", "the name says that its value is a kind"}
	filters  = source{"ONVIF", "ONVIF Analytics, rule descriptions: ClassFilter; the name says what it filters"}
	classes  = source{"ONVIF", "onvif.xsd, ClassType: spelled so"}
	unseen   = source{"none recorded", "the word says that there is nothing"}
)

// topic says what an element of a topic means.
type topic struct {
	part  string // an element of the topic, without namespace
	kind  media.Kind
	class string
	// moment is what has a beginning and no end.
	moment bool
	// change is what counts only when it changes: at the start it is merely
	// how a contact rests.
	change bool
	// values are the states that count, where they are no booleans.
	values []string
	from   source
}

// topics in the order they are tried: what names a class before what is motion
// alone.
var topics = []topic{
	{part: "Visitor", kind: media.KindDoorbell, moment: true, from: reolink},
	{part: "Alarm", kind: media.KindDoorbell, moment: true, values: []string{"Ring", "CameraBellButton"}, from: mobotix},
	{part: "PeopleDetect", kind: kindMotion, class: "person", from: reolink},
	{part: "People", kind: kindMotion, class: "person", from: tapo},
	{part: "HumanShapeDetect", kind: kindMotion, class: "person", from: dahua},
	{part: "FaceDetect", kind: kindMotion, class: "face", from: reolink},
	{part: "Face", kind: kindMotion, class: "face", from: standard},
	{part: "LicensePlate", kind: kindMotion, class: "vehicle", from: standard},
	{part: "VehicleDetect", kind: kindMotion, class: "vehicle", from: reolink},
	{part: "DogCatDetect", kind: kindMotion, class: "animal", from: reolink},
	{part: "Package", kind: kindMotion, class: "package", from: reolink},
	{part: "Tamper", kind: media.KindTamper, from: tapo},
	{part: "GlobalSceneChange", kind: media.KindTamper, from: hikvis},
	{part: "ImageTooBlurry", kind: media.KindTamper, from: standard},
	{part: "Intrusion", kind: kindMotion, from: tapo},
	{part: "LineCross", kind: kindMotion, from: tapo},
	{part: "ObjectsInside", kind: kindMotion, from: hikvis},
	{part: "Crossed", kind: kindMotion, moment: true, from: standard},
	{part: "Crossing", kind: kindMotion, moment: true, from: ajax},
	{part: "LoiteringDetector", kind: kindMotion, from: standard},
	{part: "Object", kind: kindMotion, from: ajax},
	{part: "TpSmartEvent", kind: kindMotion, from: tapo},
	{part: "TPSmartEvent", kind: kindMotion, from: tapo},
	{part: "MotionRegionDetector", kind: kindMotion, from: several},
	{part: "CellMotionDetector", kind: kindMotion, from: standard},
	{part: "MotionDetector", kind: kindMotion, from: ajax},
	{part: "MotionAlarm", kind: kindMotion, from: standard},
	{part: "DetectedSound", kind: media.KindSound, from: standard},
	{part: "SoundDetection", kind: media.KindSound, from: several},
	{part: "DigitalInput", kind: media.KindCamera, change: true, from: hikvis},
	{part: "AlarmIn", kind: media.KindCamera, change: true, from: intercom},
}

// words in rule names, item names and values that say what moved or sounded, or
// their plurals: an interface has no face, and a carpet is neither car nor pet.
var words = []struct {
	word  string
	kind  media.Kind
	class string
	from  source
}{
	{"human", kindMotion, "person", hikvis},
	{"humanoid", kindMotion, "person", dahua},
	{"people", kindMotion, "person", tapo},
	{"person", kindMotion, "person", standard},
	{"pedestrian", kindMotion, "person", standard},
	{"vehicle", kindMotion, "vehicle", hikvis},
	{"vehical", kindMotion, "vehicle", classes},
	{"car", kindMotion, "vehicle", standard},
	{"animal", kindMotion, "animal", ajax},
	{"pet", kindMotion, "animal", tapo},
	{"face", kindMotion, "face", standard},
	{"package", kindMotion, "package", reolink},
	{"glass", media.KindSound, "glass", standard},
	{"cry", media.KindSound, "baby", standard},
	{"crying", media.KindSound, "baby", standard},
	{"baby", media.KindSound, "baby", standard},
	{"bark", media.KindSound, "bark", standard},
	{"barking", media.KindSound, "bark", standard},
	{"alarm", media.KindSound, "alarm", standard},
}

// faults are words in the codes of refusals.
var faults = []struct {
	word  string
	means error
	from  source
}{
	{"NotAuthorized", ErrNotAuthorized, hikvis},
	{"FailedAuthentication", ErrNotAuthorized, standard},
	{"BlockedThreadUpperLimit", ErrBusy, dahua},
	{"SubscribeCreationFailed", ErrBusy, standard},
	{"MaxPullPoints", ErrBusy, standard},
	{"ActionNotSupported", ErrUnsupported, standard},
	{"NoSuchService", ErrUnsupported, standard},
}

// codecs are the spellings of encodings, compared without case and signs.
var codecs = []struct {
	spelling, codec string
	from            source
}{
	{"h264", CodecH264, standard}, {"avc", CodecH264, standard},
	{"h265", CodecH265, standard}, {"hevc", CodecH265, several},
	{"jpeg", CodecJPEG, standard}, {"mjpeg", CodecJPEG, several},
	{"mpeg4", CodecMPEG4, standard}, {"mpv4es", CodecMPEG4, standard},
}

// smart are signs, in the names of encoders and encodings, of GOPs that the
// camera stretches as it likes: words, or letters and signs anywhere.
var smart = []struct {
	sign string
	from source
}{
	{"h.264+", hikvis}, {"h.265+", hikvis}, {"h264+", hikvis}, {"h265+", hikvis},
	{"smart", dahua}, {"smartcodec", dahua}, {"zipstream", axis},
}

// meaningOf says what the codes of a fault mean; nil is nothing known.
func meaningOf(codes string) error {
	for _, f := range faults {
		if strings.Contains(codes, f.word) {
			return f.means
		}
	}
	return nil
}

// codecOf reads an encoding's name and whether it says that GOPs are stretched.
func codecOf(encoding string) (codec string, stretched bool) {
	encoding = bounded(encoding, 32)
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, encoding)
	for _, c := range codecs {
		if strings.HasSuffix(plain, c.spelling) {
			return c.codec, isSmart(encoding)
		}
	}
	return encoding, isSmart(encoding)
}

func isSmart(name string) bool {
	name = bounded(name, maxText)
	whole, lower := wordsOf(name), strings.ToLower(name)
	for _, s := range smart {
		if slices.Contains(whole, s.sign) || !onlyLetters(s.sign) && strings.Contains(lower, s.sign) {
			return true
		}
	}
	return false
}

func onlyLetters(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
}

// classOf looks for a word that says what moved or sounded.
func classOf(s string, kind media.Kind) string {
	if all := classesOf(s, kind); len(all) > 0 {
		return all[0]
	}
	return ""
}

// classesOf finds all that such words say, each once, in the order of the table.
func classesOf(s string, kind media.Kind) (out []string) {
	whole := wordsOf(bounded(s, maxText))
	for _, w := range words {
		if w.kind == kind && !slices.Contains(out, w.class) && (slices.Contains(whole, w.word) || slices.Contains(whole, w.word+"s")) {
			out = append(out, w.class)
		}
	}
	return out
}

// wordsOf takes a name apart, at what is no letter and where capitals begin a
// word: isHumanDetect, HUMAN_DETECT and TPHumanDetect have the same two last ones.
// They are in lower case.
func wordsOf(name string) (out []string) {
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
			word = nil
		}
	}
	letters := []rune(name)
	for i, r := range letters {
		if !unicode.IsLetter(r) {
			end()
			continue
		}
		follows := i+1 < len(letters) && unicode.IsLower(letters[i+1])
		if unicode.IsUpper(r) && len(word) > 0 && (unicode.IsLower(word[len(word)-1]) || follows) {
			end()
		}
		word = append(word, r)
	}
	end()
	return out
}
