/**
 * A BrokerError as an AMQP error. The info is empty but there: azure-servicebus reads the third field
 * of an error without looking whether it exists.
 */
export function amqpError({ condition, message }) {
  return { condition, description: message, info: {} };
}
