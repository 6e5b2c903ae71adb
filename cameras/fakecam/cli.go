package fakecam

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Main is the command `lares fakecam`: one fake camera until ctx ends. It
// prints its addresses, one per line, once all answer. Asking for help is not
// an error.
func Main(ctx context.Context, args []string, stdout io.Writer) error {
	o, fault, err := parseArgs(args, stdout)
	if err == flag.ErrHelp {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fakecam: %w", err)
	}
	c, err := Start(ctx, o)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetFault(fault.stream)
	c.SetONVIFFault(fault.onvif)
	if _, err := fmt.Fprintf(stdout, "main  %s\nsub   %s\nonvif %s\n", c.MainURL(), c.SubURL(), c.ONVIFURL()); err != nil {
		return fmt.Errorf("fakecam: printing the addresses: %w", err)
	}
	<-ctx.Done()
	return nil
}

// faults are those of the command line.
type faults struct {
	stream Fault
	onvif  ONVIFFault
}

func parseArgs(args []string, stdout io.Writer) (o Options, fault faults, err error) {
	f := flag.NewFlagSet("fakecam", flag.ContinueOnError)
	f.SetOutput(stdout)
	f.StringVar(&o.Name, "name", "Test camera", "`name` on the card and in ONVIF")
	f.StringVar(&o.Addr, "listen", "127.0.0.1:8554", "`address` of the RTSP server")
	f.StringVar(&o.HTTPAddr, "http", "127.0.0.1:8580", "`address` of the ONVIF server")
	f.StringVar(&o.Username, "user", "", "`name` to ask for; empty lets everybody in")
	f.StringVar(&o.Password, "password", "", "`password` to ask for; it is visible to other users of this machine")
	f.StringVar(&o.Serial, "serial", "", "ONVIF serial `number`; made from the name if empty")
	f.StringVar(&o.Maker, "maker", "lares", "`maker` whose cameras it is found like, empty to stay hidden: "+strings.Join(Makers(), ", "))
	f.StringVar(&o.MainPath, "main-path", "/main", "`path` of the main stream, as some maker's cameras have it")
	f.StringVar(&o.SubPath, "sub-path", "/sub", "`path` of the sub stream")
	f.BoolVar(&o.Audio, "audio", false, "add a silent AAC track to card and builtin")
	f.DurationVar(&o.MotionEvery, "motion-every", 0, "`time` from one ONVIF motion event to the next; 0 for none")
	f.BoolVar(&o.NoTalk, "no-talk", false, "take no voice (no ONVIF back channel)")
	f.StringVar(&o.Hears, "hears", TalkMu, "`encoding` of a voice that it takes: "+TalkMu+", "+TalkA+" or "+TalkAAC)
	f.BoolVar(&o.TLS, "tls", false, "serve rtsps:// with a certificate signed by itself")
	f.BoolVar(&o.HTTPS, "https", false, "serve ONVIF over https:// alone, with such a certificate")
	f.StringVar(&o.RedirectTo, "redirect-to", "", "`address` that the fault redirect sends to; the other stream if empty")
	ways := f.String("auth", AuthMD5, "`ways` to sign in, separated by commas: basic, md5, sha256")
	sets := f.String("parameter-sets", setNames[Both], "`where` the parameter sets are told: "+strings.Join(setNames[:], ", "))
	sdp := f.String("sdp", "", "`file` or folder of descriptions for the fault bad-sdp")
	source := f.String("source", "card", "what to show: card, builtin, or a `file`: MP4, MOV, or a byte stream named .264 or .265")
	sub := f.String("sub", "", "`file` of the sub stream; that of -source if empty")
	sound := f.String("sound", "", "`file` whose sound both streams have: MP4, MOV, .alaw or .ulaw; that of the pictures if empty")
	wrong := f.String("fault", None.String(), "`fault` to have: "+strings.Join(Faults()[1:], ", "))
	lie, without := onvifArgs(f, &o)
	verbose := f.Bool("verbose", false, "log connections to the standard output")
	var card TestCard
	f.IntVar(&card.Width, "width", 0, "width of the card in `pixels` (default 640)")
	f.IntVar(&card.Height, "height", 0, "height of the card in `pixels` (default 360)")
	f.IntVar(&card.FPS, "fps", 0, "`pictures` per second of the card (default 10) and of byte streams (what they tell, or 15)")
	f.DurationVar(&card.GOP, "gop", 0, "`time` from IDR to IDR of the card (default 2s)")
	if err := f.Parse(args); err != nil {
		return o, fault, err
	}
	if f.NArg() > 0 {
		return o, fault, fmt.Errorf("%q is not understood", f.Arg(0))
	}
	if o.Channels < 1 || o.Channels > maxChannels {
		return o, fault, fmt.Errorf("-channels must be from 1 to %d", maxChannels)
	}
	if o.MotionEvery < 0 || o.MotionEvery > 0 && o.MotionEvery < time.Second {
		return o, fault, fmt.Errorf("-motion-every must be at least %v", time.Second)
	}
	if o.Source = sourceOf(File{Path: *source, Sub: *sub, Audio: *sound, FPS: card.FPS}, card); o.Source == nil {
		return o, fault, fmt.Errorf("-sub and -sound belong to a -source that is a file")
	}
	if *verbose {
		o.Log = slog.New(slog.NewTextHandler(stdout, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	o.Auth = strings.Split(*ways, ",")
	if set := slices.Index(setNames[:], *sets); set >= 0 {
		o.ParameterSets = ParameterSets(set)
	} else {
		return o, fault, fmt.Errorf("-parameter-sets %q is none of %s", *sets, strings.Join(setNames[:], ", "))
	}
	if *sdp != "" {
		if o.BadSDP, err = readSDP(*sdp); err != nil {
			return o, fault, err
		}
	}
	if *without != "" {
		o.Without = strings.Split(*without, ",")
	}
	if fault.onvif, err = ParseONVIFFault(*lie); err != nil {
		return o, fault, err
	}
	fault.stream, err = ParseFault(*wrong)
	return o, fault, err
}

// onvifArgs are the arguments of the ONVIF side.
func onvifArgs(f *flag.FlagSet, o *Options) (lie, without *string) {
	f.StringVar(&o.Recording, "onvif-recording", "", "`file` of a recorded ONVIF conversation, one JSON object per line, to answer from")
	f.DurationVar(&o.Ahead, "clock-ahead", 0, "`time` that the clock is ahead until somebody sets it, such as -70128h for 8 years behind")
	f.DurationVar(&o.Late, "late", 0, "`time` from when a picture is taken to when it is sent, as the camera's clock tells")
	f.IntVar(&o.RefuseSubscriptions, "refuse-subscriptions", 0, "`number` of ONVIF subscriptions to refuse before one is made")
	f.IntVar(&o.Channels, "channels", 1, "`number` of cameras that it has: from 2 on it is a recorder")
	f.BoolVar(&o.NoSub, "no-sub", false, "tell no sub stream over ONVIF")
	services := []string{ServiceMedia2, ServicePTZ, ServiceImaging, ServiceDeviceIO}
	return f.String("onvif-fault", ONVIFNone.String(), "`fault` of the ONVIF side: "+strings.Join(onvifFaultNames[1:], ", ")),
		f.String("without", "", "ONVIF `services` not to have, separated by commas: "+strings.Join(services, ", "))
}

// setNames are the names of ParameterSets on the command line.
var setNames = [...]string{"both", "sdp", "in-band"}

// sourceOf is the source that the file's path names; nil for one that has no
// files but was given some.
func sourceOf(file File, card TestCard) Source {
	var made Source
	switch file.Path {
	case "card":
		made = card
	case "builtin":
		made = BuiltinClip{}
	default:
		return file
	}
	if file.Sub != "" || file.Audio != "" {
		return nil
	}
	return made
}
