using System;

namespace Aglet.Boot;

/// <summary>Why an answer file, or the report that an install is done, is refused. Each is a counter.</summary>
internal enum AnswerRefusal : byte
{
    None,

    /// <summary>The URL has no token.</summary>
    NoToken,

    /// <summary>No network boot of the machine is known that could have been given one.</summary>
    NotBooted,

    /// <summary>Not the token of the machine.</summary>
    WrongToken,

    /// <summary>A token that the machine had before it booted again.</summary>
    EarlierToken,

    /// <summary>The address that asks is known to be another machine's.</summary>
    OtherMachine,

    /// <summary>The address that asks is none that was given to anybody.</summary>
    OtherAddress,

    /// <summary>Anaconda's header with its MAC or serial number tells of another machine.</summary>
    FalseHeader,

    /// <summary>The boot was too long ago.</summary>
    Late,

    /// <summary>This install was reported as done.</summary>
    InstallDone,
}

/// <summary>What follows from a refusal.</summary>
internal static class AnswerRefusals
{
    /// <summary>For the operator; it never says what the token is.</summary>
    public static ReadOnlySpan<byte> WordsFor(AnswerRefusal refusal) => refusal switch
    {
        AnswerRefusal.NoToken => "there is no token in the URL; only the script of a network boot has it"u8,
        AnswerRefusal.NotBooted => "no network boot of it was seen; boot it from the network"u8,
        AnswerRefusal.WrongToken => "the token is wrong"u8,
        AnswerRefusal.EarlierToken => "the token is of an earlier boot"u8,
        AnswerRefusal.OtherMachine =>
            "the address is another machine's; if that is another card of it, add its MAC to the machine's \"mac\""u8,
        AnswerRefusal.OtherAddress =>
            "the address was not given to it; where its installer sets one itself, write it as the machine's \"address\""u8,
        AnswerRefusal.FalseHeader => "the request's header tells the MAC or serial number of another machine"u8,
        AnswerRefusal.Late => "its network boot is more than two hours ago; boot it again"u8,
        AnswerRefusal.InstallDone => "its install was reported as done; boot it again, or arm it with 'aglet again'"u8,
        _ => default,
    };
}
