exports.words = (text) => text.split(' ').length;
