"""What a cooperative does here, one place per sentence a member would say."""
