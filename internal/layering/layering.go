// Package layering keeps the house's walls: its tests say which package may
// import which (TestFloorPlan), where outside packages may be used
// (TestOutsidePackagesAreImportedInTheirRoomsOnly), what can never be reached
// (TestNeverReach), and that every row of docs/rows.csv names tests that exist
// (TestRowsNameRealTests). There is no code to call.
package layering
