// Asks a receiver what it holds about an instance, or to erase that, over HTTP in JSON.
//
// usage: node ask.mjs ADDRESS show|erase REQUEST
//
// Prints the answer, or the status of the response and its body.

const [address, call, request] = process.argv.slice(2);
const response = await fetch(`http://${address}/v1/instances/${call}`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: request,
});
const body = await response.text();
console.log(response.ok ? body : `${response.status} ${body}`);
