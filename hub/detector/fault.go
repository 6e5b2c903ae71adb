package detector

// Fault says why a detector was not asked, or gave no answer. It is an error.
type Fault string

// The faults.
const (
	// FaultNowhere: the name in its address leads to no address.
	FaultNowhere Fault = "nowhere"
	// FaultOutside: its address is not one of this house's networks, or is the hub itself.
	FaultOutside Fault = "outside"
	// FaultSilent: nobody answers, or not in time.
	FaultSilent Fault = "silent"
	// FaultCertificate: it is encrypted, and no authority that this machine knows has
	// signed for it.
	FaultCertificate Fault = "certificate"
	// FaultElsewhere: it sends to another address, which is not followed.
	FaultElsewhere Fault = "elsewhere"
	// FaultStatus: it answers that it does not do this.
	FaultStatus Fault = "status"
	// FaultAnswer: what it answers is not what a detector says.
	FaultAnswer Fault = "answer"
	// FaultRefused: it says that it could not look at the picture.
	FaultRefused Fault = "refused"
)

// Error makes a fault an error.
func (f Fault) Error() string { return "detector: " + string(f) }
