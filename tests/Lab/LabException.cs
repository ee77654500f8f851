using System;

namespace Aglet.Tests.Lab;

/// <summary>
/// Something in the lab did not come to pass; the message carries what is needed to see why.
/// </summary>
public sealed class LabException : Exception
{
    public LabException()
    {
    }

    public LabException(string message)
        : base(message)
    {
    }

    public LabException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
