// Microsoft's Go SDK against the emulator: one JSON line a check, {check, right, detail}.
//
//	judge CONNECTION_STRING CONTROL_URL
//
// The queues are those of tests/integration/local/servicebus_emulator.py; they are emptied before each check.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

const deadline = 60 * time.Second

type check struct {
	name string
	run  func(context.Context, *azservicebus.Client) error
}

type answer struct {
	Check  string `json:"check"`
	Right  bool   `json:"right"`
	Detail string `json:"detail"`
}

var checks = []check{
	{"a message arrives as it was sent", arrives},
	{"abandoning keeps the properties to modify", abandonKeeps},
	{"deferring keeps the properties to modify", deferKeeps},
	{"dead-lettering keeps reason, description and properties", deadLetterKeeps},
	{"a scheduled message waits, and can be taken back", scheduled},
	{"peeking locks nothing", peeks},
	{"renewing a lock moves its end", renews},
	{"a session is renewed and keeps its state", session},
	{"a message without a session id is refused", refusesWithoutSession},
	{"a queue that is not there is refused", refusesUnknownQueue},
}

func main() {
	if err := judge(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(connectionString, controlURL string) error {
	retries := azservicebus.RetryOptions{MaxRetries: -1}
	options := &azservicebus.ClientOptions{RetryOptions: retries}
	client, err := azservicebus.NewClientFromConnectionString(connectionString, options)
	if err != nil {
		return err
	}
	for _, one := range checks {
		response, err := http.Post(controlURL+"/purge", "application/json", nil)
		if err != nil {
			return err
		}
		response.Body.Close()
		said := answer{Check: one.name, Right: true}
		if err := within(client, one.run); err != nil {
			said.Right, said.Detail = false, err.Error()
		}
		if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
			return err
		}
	}
	return nil
}

func within(client *azservicebus.Client, run func(context.Context, *azservicebus.Client) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	return run(ctx, client)
}

func send(ctx context.Context, client *azservicebus.Client, queue string, message *azservicebus.Message) error {
	sender, err := client.NewSender(queue, nil)
	if err != nil {
		return err
	}
	defer sender.Close(ctx)
	return sender.SendMessage(ctx, message, nil)
}

func one(ctx context.Context, receiver *azservicebus.Receiver) (*azservicebus.ReceivedMessage, error) {
	messages, err := receiver.ReceiveMessages(ctx, 1, nil)
	if err != nil {
		return nil, err
	}
	return messages[0], nil
}

// sent puts a message with properties into a queue and takes it under a lock.
func sent(ctx context.Context, client *azservicebus.Client) (*azservicebus.Receiver, *azservicebus.ReceivedMessage, error) {
	subject := "s"
	message := &azservicebus.Message{
		Body:                  []byte("body"),
		Subject:               &subject,
		ApplicationProperties: map[string]any{"kept": "k", "text": "old"},
	}
	if err := send(ctx, client, "plain", message); err != nil {
		return nil, nil, err
	}
	receiver, err := client.NewReceiverForQueue("plain", nil)
	if err != nil {
		return nil, nil, err
	}
	received, err := one(ctx, receiver)
	return receiver, received, err
}

func changes() map[string]any {
	return map[string]any{"text": "changed", "count": int64(7), "share": 0.25, "yes": true}
}

func changed(message *azservicebus.ReceivedMessage) error {
	wanted := changes()
	wanted["kept"] = "k"
	for name, value := range wanted {
		if got := message.ApplicationProperties[name]; got != value {
			return fmt.Errorf("%s is %v (%T), not %v", name, got, got, value)
		}
	}
	return nil
}

func arrives(ctx context.Context, client *azservicebus.Client) error {
	receiver, message, err := sent(ctx, client)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	if string(message.Body) != "body" || *message.Subject != "s" || message.MessageID == "" {
		return fmt.Errorf("it is %q, %q, %q", message.Body, *message.Subject, message.MessageID)
	}
	return receiver.CompleteMessage(ctx, message, nil)
}

func abandonKeeps(ctx context.Context, client *azservicebus.Client) error {
	receiver, message, err := sent(ctx, client)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	options := &azservicebus.AbandonMessageOptions{PropertiesToModify: changes()}
	if err := receiver.AbandonMessage(ctx, message, options); err != nil {
		return err
	}
	again, err := one(ctx, receiver)
	if err != nil {
		return err
	}
	return errors.Join(changed(again), receiver.CompleteMessage(ctx, again, nil))
}

func deferKeeps(ctx context.Context, client *azservicebus.Client) error {
	receiver, message, err := sent(ctx, client)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	options := &azservicebus.DeferMessageOptions{PropertiesToModify: changes()}
	if err := receiver.DeferMessage(ctx, message, options); err != nil {
		return err
	}
	deferred, err := receiver.ReceiveDeferredMessages(ctx, []int64{*message.SequenceNumber}, nil)
	if err != nil {
		return err
	}
	return errors.Join(changed(deferred[0]), receiver.CompleteMessage(ctx, deferred[0], nil))
}

func deadLetterKeeps(ctx context.Context, client *azservicebus.Client) error {
	receiver, message, err := sent(ctx, client)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	reason, description := "unreadable", "no JSON"
	options := &azservicebus.DeadLetterOptions{
		Reason: &reason, ErrorDescription: &description, PropertiesToModify: changes(),
	}
	if err := receiver.DeadLetterMessage(ctx, message, options); err != nil {
		return err
	}
	letters := &azservicebus.ReceiverOptions{SubQueue: azservicebus.SubQueueDeadLetter}
	reader, err := client.NewReceiverForQueue("plain", letters)
	if err != nil {
		return err
	}
	defer reader.Close(ctx)
	letter, err := one(ctx, reader)
	if err != nil {
		return err
	}
	if *letter.DeadLetterReason != reason || *letter.DeadLetterErrorDescription != description {
		return fmt.Errorf("it says %q, %q", *letter.DeadLetterReason, *letter.DeadLetterErrorDescription)
	}
	return errors.Join(changed(letter), reader.CompleteMessage(ctx, letter, nil))
}

func scheduled(ctx context.Context, client *azservicebus.Client) error {
	sender, err := client.NewSender("plain", nil)
	if err != nil {
		return err
	}
	defer sender.Close(ctx)
	messages := []*azservicebus.Message{{Body: []byte("a")}, {Body: []byte("b")}}
	numbers, err := sender.ScheduleMessages(ctx, messages, time.Now().Add(time.Hour), nil)
	if err != nil {
		return err
	}
	if len(numbers) != 2 {
		return fmt.Errorf("there are %d numbers", len(numbers))
	}
	return sender.CancelScheduledMessages(ctx, numbers, nil)
}

func peeks(ctx context.Context, client *azservicebus.Client) error {
	if err := send(ctx, client, "plain", &azservicebus.Message{Body: []byte("a")}); err != nil {
		return err
	}
	receiver, err := client.NewReceiverForQueue("plain", nil)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	peeked, err := receiver.PeekMessages(ctx, 5, nil)
	if err != nil {
		return err
	}
	message, err := one(ctx, receiver)
	if err != nil {
		return err
	}
	if len(peeked) != 1 || message.DeliveryCount != 1 { // this SDK counts the delivery under way
		return fmt.Errorf("%d peeked, delivery %d", len(peeked), message.DeliveryCount)
	}
	return receiver.CompleteMessage(ctx, message, nil)
}

func renews(ctx context.Context, client *azservicebus.Client) error {
	receiver, message, err := sent(ctx, client)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	first := *message.LockedUntil
	if err := receiver.RenewMessageLock(ctx, message, nil); err != nil {
		return err
	}
	if !message.LockedUntil.After(first) {
		return fmt.Errorf("it ended at %v and now at %v", first, message.LockedUntil)
	}
	return receiver.CompleteMessage(ctx, message, nil)
}

func session(ctx context.Context, client *azservicebus.Client) error {
	id := "s"
	if err := send(ctx, client, "sessions", &azservicebus.Message{Body: []byte("a"), SessionID: &id}); err != nil {
		return err
	}
	receiver, err := client.AcceptNextSessionForQueue(ctx, "sessions", nil)
	if err != nil {
		return err
	}
	defer receiver.Close(ctx)
	first := receiver.LockedUntil()
	if err := receiver.RenewSessionLock(ctx, nil); err != nil {
		return err
	}
	if err := receiver.SetSessionState(ctx, []byte("half way"), nil); err != nil {
		return err
	}
	state, err := receiver.GetSessionState(ctx, nil)
	if err != nil {
		return err
	}
	if receiver.SessionID() != id || string(state) != "half way" || !receiver.LockedUntil().After(first) {
		return fmt.Errorf("session %q, state %q, locked until %v", receiver.SessionID(), state, receiver.LockedUntil())
	}
	return nil
}

func refusesWithoutSession(ctx context.Context, client *azservicebus.Client) error {
	return refused(send(ctx, client, "sessions", &azservicebus.Message{Body: []byte("a")}), "SessionId was not set")
}

func refusesUnknownQueue(ctx context.Context, client *azservicebus.Client) error {
	return refused(send(ctx, client, "nowhere", &azservicebus.Message{Body: []byte("a")}), "nowhere")
}

// refused is content with an error that the broker sent and that has this text.
func refused(err error, text string) error {
	if err == nil {
		return errors.New("it was not refused")
	}
	if !strings.Contains(err.Error(), text) {
		return fmt.Errorf("it was refused otherwise: %w", err)
	}
	return nil
}
