"""BLD009: a base that nobody looks after any more."""

from tests.unit.policy.casebook import Case

MUST_FIRE = {
    "debian by name": Case(
        {"Dockerfile": "FROM debian:buster-slim\n"}, ("Dockerfile:1",)
    ),
    "under another": Case({"Dockerfile": "FROM rust:1.56-buster\n"}, ("Dockerfile:1",)),
    "ubuntu": Case(
        {"Dockerfile": "FROM ubuntu:20.04\n"}, ("Dockerfile:1",), "2025-05-31"
    ),
    "centos": Case({"Dockerfile": "FROM centos:7\n"}, ("Dockerfile:1",)),
    "alpine": Case(
        {"Dockerfile": "FROM alpine:3.9.4\n"}, ("Dockerfile:1",), "alpine 3.9"
    ),
    "node": Case({"Dockerfile": "FROM node:10-alpine\n"}, ("Dockerfile:1",)),
    "fedora": Case(
        {"Dockerfile": "FROM quay.io/fedora/fedora:38\n"}, ("Dockerfile:1",)
    ),
    "alpine below another image": Case(
        {"Dockerfile": "FROM golang:1.26-alpine3.15\n"},
        ("Dockerfile:1",),
        "alpine 3.15",
    ),
    "an odd release of node": Case(
        {"Dockerfile": "FROM node:19-slim\n"}, ("Dockerfile:1",), "2023-06-01"
    ),
    "a release of half a year": Case(
        {"Dockerfile": "FROM ubuntu:25.10\n"}, ("Dockerfile:1",), "2026-07-09"
    ),
    "amazon linux": Case(
        {"Dockerfile": "FROM amazonlinux:2\n"}, ("Dockerfile:1",), "2026-06-30"
    ),
    "centos stream": Case(
        {"Dockerfile": "FROM quay.io/centos/centos:stream8\n"}, ("Dockerfile:1",)
    ),
    "php": Case({"Dockerfile": "FROM php:7.4-fpm\n"}, ("Dockerfile:1",), "php 7"),
    ".NET": Case(
        {"Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:6.0 AS build\n"},
        ("Dockerfile:1",),
        ".NET 6 ended on 2024-11-12",
    ),
    "python": Case({"Dockerfile": "FROM python:3.8\n"}, ("Dockerfile:1",)),
}

MUST_NOT_FIRE = {
    "looked after": Case({"Dockerfile": "FROM debian:trixie\nFROM ubuntu:24.04\n"}),
    "alpine of today": Case({"Dockerfile": "FROM alpine:3.22\nFROM alpine:3.100\n"}),
    "amazon linux of today": Case({"Dockerfile": "FROM amazonlinux:2023\n"}),
    "alpine of today below another image": Case(
        {"Dockerfile": "FROM golang:1.26-alpine3.22\nFROM golang:1.26-alpine\n"}
    ),
    ".NET of today": Case({"Dockerfile": "FROM mcr.microsoft.com/dotnet/sdk:10.0\n"}),
    "somebody else's .NET": Case({"Dockerfile": "FROM quay.io/dotnet/sdk:6.0\n"}),
    "node of today": Case({"Dockerfile": "FROM node:24\n"}),
    "somebody else's figures": Case({"Dockerfile": "FROM quay.io/team/node:10\n"}),
    "python 3.1x": Case({"Dockerfile": "FROM python:3.14\nFROM python:3\n"}),
}
