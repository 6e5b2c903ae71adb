package detector

import "strings"

// The classes of Lares that detectors recognise; cameras tell of more.
const (
	Person  = "person"
	Vehicle = "vehicle"
	Animal  = "animal"
	Package = "package"
)

// Classes are those that can be wanted.
func Classes() []string { return []string{Person, Vehicle, Animal, Package} }

// classes are the labels of detectors that mean one of ours, in small letters; all others
// (chairs, bottles, traffic lights) say nothing of why a camera recorded.
var classes = map[string]string{
	// The 80 of COCO (https://cocodataset.org), which DeepStack and CodeProject.AI know
	// unless they are given a model of another kind.
	"person":  Person,
	"bicycle": Vehicle, "car": Vehicle, "motorcycle": Vehicle, "airplane": Vehicle, "bus": Vehicle, "train": Vehicle, "truck": Vehicle, "boat": Vehicle,
	"bird": Animal, "cat": Animal, "dog": Animal, "horse": Animal, "sheep": Animal, "cow": Animal, "elephant": Animal, "bear": Animal, "zebra": Animal, "giraffe": Animal,
	// DeepStack spells some of them as the first YOLO did.
	"motorbike": Vehicle, "aeroplane": Vehicle,
	// Models for cameras at houses, which CodeProject.AI offers beside: ipcam-general,
	// ipcam-animal, ipcam-combined, ipcam-dark.
	"vehicle": Vehicle, "animal": Animal,
	"deer": Animal, "rabbit": Animal, "raccoon": Animal, "fox": Animal, "skunk": Animal, "squirrel": Animal, "pig": Animal,
	// What people train models of their own for, in the words that they use.
	"people": Person, "human": Person, "pedestrian": Person, "man": Person, "woman": Person, "child": Person, "cyclist": Person,
	"van": Vehicle, "pickup": Vehicle, "suv": Vehicle, "scooter": Vehicle, "tractor": Vehicle,
	"package": Package, "parcel": Package, "cardboard box": Package,
}

// classOf is the class that a detector's label means; "" none.
func classOf(label string) string { return classes[strings.ToLower(label)] }
