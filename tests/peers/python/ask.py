"""Asks a receiver what it holds about an instance, or to erase that, over gRPC.

usage: ask.py ADDRESS DESCRIPTORS Show|Erase REQUEST

DESCRIPTORS is a file with the FileDescriptorSet of headcount/v1/instances.proto, from which the messages are made here,
as a client of any language has them made from the .proto. REQUEST is JSON. Prints the answer as JSON, by protobuf's own
JSON mapping, or the status of the call.
"""

import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory


def messages(path):
    pool = descriptor_pool.DescriptorPool()
    with open(path, "rb") as file:
        for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
            pool.Add(proto)
    service = pool.FindServiceByName("headcount.v1.Instances")
    made = message_factory.GetMessageClass
    return {
        method.name: (made(method.input_type), made(method.output_type))
        for method in service.methods
    }


def main():
    address, descriptors, method, request = sys.argv[1:]
    ask, answer = messages(descriptors)[method]
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            f"/headcount.v1.Instances/{method}",
            request_serializer=ask.SerializeToString,
            response_deserializer=answer.FromString,
        )
        try:
            answered = call(json_format.Parse(request, ask()), timeout=30)
        except grpc.RpcError as error:
            print(error.code().name, error.details())
            return
    print(json_format.MessageToJson(answered, indent=None))


main()
