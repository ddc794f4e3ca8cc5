// Package hidden holds the tests that grade exercise 4.
//
//lab:port 2323
//lab:kind server
package hidden

import (
	"testing"

	"tcplab/autograder/lab"
	"tcplab/autograder/lab/linesession"
)

// Each line is answered with "> " and the line in upper case. Then the session goes on.
//
//lab:points 0
//lab:hint One answer does not end the session. Which part of your program has to be done again and again?
func TestAnswersLineAfterLine(t *testing.T) {
	linesession.AnswersLineAfterLine(lab.Start(t))
}

// A line is complete when its newline has come, in however many pieces it arrives.
//
//lab:points 0
//lab:needs TestAnswersLineAfterLine
//lab:hint One Read returns what has arrived so far, such as half a line. Where does it stay until the rest comes?
func TestALineMayArriveInPieces(t *testing.T) {
	linesession.PutsPiecesTogether(lab.Start(t))
}

// Many lines that arrive in one segment are all answered, in their order, and none waits for the next one to be whole.
//
//lab:points 1
//lab:needs TestALineMayArriveInPieces
//lab:hint A buffered reader reads more than it was asked for. Who gets the lines behind the first one?
func TestManyLinesInOneSegmentAreAnsweredInOrder(t *testing.T) {
	linesession.AnswersInOrder(lab.Start(t))
}

// A CR right before the LF is no part of a line; spaces, tabs, NUL and letters beyond ASCII are, even if they arrive byte by byte.
//
//lab:points 0
//lab:needs TestALineMayArriveInPieces
//lab:hint What exactly is removed from a line before it is answered, and when is it converted: as a whole, or piece by piece?
func TestKeepsWhatALineHolds(t *testing.T) {
	linesession.KeepsContent(lab.Start(t))
}

// An empty line is answered "> " and does not end the session.
//
//lab:points 0
//lab:needs TestAnswersLineAfterLine
//lab:hint What distinguishes an empty line from the end of the stream?
func TestAnEmptyLineIsALine(t *testing.T) {
	linesession.AnswersEmptyLines(lab.Start(t))
}

// The line bye, in any case, is answered "> BYE", and then the server closes the connection.
//
//lab:points 1
//lab:needs TestKeepsWhatALineHolds
//lab:hint With what is the line compared, and what is done first: answering or closing?
func TestByeEndsTheSession(t *testing.T) {
	linesession.ByeEndsTheSession(lab.Start(t))
}

// A line that only begins or ends with bye, or has a space beside it, is answered like any other.
//
//lab:points 0
//lab:needs TestAnswersLineAfterLine
//lab:hint The whole line has to be bye. Does your comparison look at all of it, and at nothing else?
func TestOnlyByeAloneIsBye(t *testing.T) {
	linesession.OnlyByeAloneIsBye(lab.Start(t))
}

// "> BYE" arrives whole, and then the end of the stream, even when the client has sent a mebibyte more behind its bye.
//
//lab:points 1
//lab:needs TestByeEndsTheSession TestOnlyByeAloneIsBye
//lab:hint What does the kernel send when a connection is closed while input lies unread in it? How can only one direction be closed?
func TestTheGoodbyeArrivesWhole(t *testing.T) {
	linesession.SaysGoodbyeWhole(lab.Start(t))
}

// What a client has sent since its last newline when it closes its sending side is a line, and is answered before the end.
//
//lab:points 1
//lab:needs TestByeEndsTheSession TestAnEmptyLineIsALine
//lab:hint What do you get of a line that ends in the end of the stream, and what if there is nothing between the two?
func TestTheLastLineMayLackItsNewline(t *testing.T) {
	linesession.AnswersAnUnterminatedLine(lab.Start(t))
}

// A line of exactly 65,536 bytes is answered, wherever in the session it comes.
//
//lab:points 0
//lab:needs TestALineMayArriveInPieces
//lab:hint How much room has your buffer for a line, and do the newline, and a carriage return before it, need room in it, too?
func TestTheLongestLineIsAnswered(t *testing.T) {
	linesession.AnswersTheLongestLine(lab.Start(t))
}

// A line of more than 65,536 bytes ends the session without an answer. Others are served as before.
//
//lab:points 0
//lab:needs TestTheLongestLineIsAnswered
//lab:hint Where is a line's length compared with the limit? In what is it counted, and what happens when it is too much?
func TestALongerLineEndsTheSession(t *testing.T) {
	linesession.EndsAtALongerLine(lab.Start(t))
}

// 64 MiB without a newline end the session, and cost no more memory than any other line.
//
//lab:points 1
//lab:needs TestALongerLineEndsTheSession
//lab:hint How much of a line do you hold before you know its length? At which byte do you know that it is too long?
func TestALineWithoutEndCostsNoMemory(t *testing.T) {
	linesession.BoundsALineWithoutEnd(lab.Start(t))
}

// A client that sends and sends and never reads an answer has to wait: it costs bounded memory, and delays nobody.
//
//lab:points 1
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint Where do the answers wait that nobody reads? As long as they do, should the next line be read?
func TestAClientThatNeverReadsIsHeld(t *testing.T) {
	linesession.HoldsAClientThatNeverReads(lab.Start(t))
}

// A client that pauses for a second and a half, between two lines or in the middle of one, is still served.
//
//lab:points 1
//lab:needs TestALineMayArriveInPieces
//lab:hint What in your program ends a wait that nobody has ended?
func TestAClientMayThinkAsLongAsItLikes(t *testing.T) {
	linesession.WaitsForAClientThatThinks(lab.Start(t))
}

// A client that sends 8 MiB of lines and then reads their answers, late and slowly, gets every byte of them. So does one that
// sends less, reads late, and has nothing more to say.
//
//lab:points 1
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint What becomes of an answer for which there is no room at the moment?
func TestASlowReaderLosesNothing(t *testing.T) {
	linesession.LosesNothingToASlowReader(lab.Start(t))
}

// 128 clients are in the middle of a line at the same time; then they are answered, the last one first.
//
//lab:points 1
//lab:needs TestALineMayArriveInPieces
//lab:hint Who waits for the rest of a client's line, and what else could that one be doing?
func TestServesManyClientsAtOnce(t *testing.T) {
	linesession.ServesAtOnce(lab.Start(t), 128)
}

// Clients that leave or reset the connection, at any moment, neither end the server nor disturb another session.
//
//lab:points 0
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint Which calls fail when a client has gone? Whose session ends because of that?
func TestARudeClientHarmsNobody(t *testing.T) {
	linesession.SurvivesRudeClients(lab.Start(t))
}

// When no descriptor is left, accepting fails. The server goes on, and whoever waits comes in as soon as there is one again,
// be it that others talk on or that nobody does.
//
//lab:points 0
//lab:needs TestManyLinesInOneSegmentAreAnsweredInOrder
//lab:hint What does your program do with an error of accept? Does it pass by itself, and who waits until it has?
func TestOutOfDescriptorsIsNoEnd(t *testing.T) {
	linesession.SurvivesWithoutDescriptors(lab.Start(t))
}

// After a hundred sessions that ended in all the ways that there are, the server holds no more than before, and rests.
//
//lab:points 0
//lab:needs TestOutOfDescriptorsIsNoEnd TestALongerLineEndsTheSession TestTheLastLineMayLackItsNewline TestARudeClientHarmsNobody
//lab:hint Which ways out of a session are there, and what is closed or ended on each of them?
func TestLeavesNothingBehind(t *testing.T) {
	linesession.LeavesNothingBehind(lab.Start(t))
}

// However many clients have come and gone, the server's memory is what it was: nothing of them is kept, and no goroutine waits.
//
//lab:points 1
//lab:needs TestLeavesNothingBehind
//lab:hint What else was started for a client, or noted down about it? Who ends it, or removes it, when the servant ends?
func TestKeepsNothingOfAClientInMemory(t *testing.T) {
	linesession.KeepsNothingInMemory(lab.StartFrugal(t))
}
